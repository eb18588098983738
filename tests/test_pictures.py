"""Static pictures: they hold what they should, whatever the tokens are."""

import io

import pytest
from llmcourse.pictures import png, token_boxes
from PIL import Image


def test_tokens_wrap_into_rows():
    def open_(count):
        return Image.open(io.BytesIO(token_boxes(["word"] * count, ["1"] * count, width=300)))

    assert open_(1).width == open_(60).width == 300
    assert open_(60).height > 3 * open_(1).height


@pytest.mark.parametrize("token", ["", "\n", "a" * 500, "🎉", "مرحبا", "\x00"])
def test_any_token_can_be_drawn(token):
    assert token_boxes([token], ["7"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(("alpha", "mode"), [(255, "P"), (128, "RGBA")])
def test_a_picture_gets_a_palette_unless_the_page_shines_through(alpha, mode):
    image = Image.new("RGBA", (40, 30), (10, 120, 200, alpha))
    stored = Image.open(io.BytesIO(png(image)))
    assert (stored.mode, stored.size) == (mode, (40, 30))
    assert stored.convert("RGBA").getpixel((5, 5)) == (10, 120, 200, alpha)


def test_a_font_is_chosen_by_what_it_can_draw():
    from llmcourse.pictures import font, font_for

    assert font_for("cat", 15).path == font(15).path
    assert font_for("\U0001f389", 15).path == font(15).path, "no font draws it: boxes instead of an error"
    with pytest.raises(OSError, match="no font called 'Nonesuch'"):
        font(15, "Nonesuch")
