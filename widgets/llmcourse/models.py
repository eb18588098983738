"""load_model(): the embedded model, a hub model or a local folder, ready to look inside."""


def load_model(name="smollm2-135m", device="auto", dtype="auto", attn="eager"):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = "/tmp/smol/converted" if name == "smollm2-135m" else name
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attn)
    return model.eval(), AutoTokenizer.from_pretrained(folder)
