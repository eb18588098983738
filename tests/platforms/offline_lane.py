"""The offline lane: `python tests/platforms/offline_lane.py [2.2 …]` runs lessons where there is no network at all.

Each lesson runs in a network namespace of its own (Linux), which holds nothing but the machine's own loopback. Nothing
may fail there, and nothing may even try: every Python process is watched by an audit hook (network_watch), and the
namespace's own counters say whether any other program asked for a way out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lane import chosen_lessons, parser, run_lane, run_lesson, versions

WATCH = Path(__file__).parent / "network_watch"
# The last words run inside: loopback is switched on, the command runs, then the counters are kept in a file.
INSIDE = """
ip link set lo up 2>/dev/null || ifconfig lo up
"$@"
code=$?
cat /proc/net/snmp /proc/net/snmp6 > "$0" 2>/dev/null
exit $code
"""


def namespace():
    """The words that start a command without a network, here; exits with a sentence where none can be made."""
    if not sys.platform.startswith("linux") or not shutil.which("unshare"):
        sys.exit("The offline lane needs Linux with unshare (util-linux): a process without a network is made by it.")
    for words in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            return words
    sys.exit(
        "This machine lets nobody make a network namespace, even in a user namespace. Run the lane as root, or allow "
        "it: sysctl kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0."
    )


def ways_out(counters):
    """How many packets found no way out, from the texts of /proc/net/snmp and snmp6: in a namespace with nothing but
    loopback, each is an attempt of some program to reach another machine.

    >>> ways_out("Ip: InReceives OutNoRoutes\\nIp: 12 3\\nIp6OutNoRoutes 0\\n")
    3
    """
    lines = [line.split() for line in counters.splitlines() if line.strip()]
    found = [int(line[1]) for line in lines if line[0] == "Ip6OutNoRoutes"]
    (names, values) = [line for line in lines if line[0] == "Ip:"]
    return sum(found) + int(values[names.index("OutNoRoutes")])


def run(words, lesson):
    """One lesson without a network; it has failed, too, when anything tried to reach one."""
    with tempfile.TemporaryDirectory() as folder:
        log, counters = Path(folder, "asked"), Path(folder, "counters")
        paths = os.pathsep.join([str(WATCH), *filter(None, [os.environ.get("PYTHONPATH")])])
        inside = [*words, "sh", "-c", INSIDE, str(counters)]
        free = {"HF_HUB_OFFLINE": "0"}  # a switch on this machine must not hide that something asks
        row = run_lesson(lesson, inside, free | {"NETWORK_LOG": str(log), "PYTHONPATH": paths})
        asked = log.read_text().splitlines() if log.exists() else []
        lost = ways_out(counters.read_text())
    row |= {"requests": len(asked), "packets_without_a_way": lost}
    if row["status"] == "passed" and (asked or lost):
        row |= {"status": "failed", "error": f"it tried to reach {asked[0].split()[2] if asked else 'a machine'}"}
    return row


def main(arguments=None):
    chosen = parser(__doc__.splitlines()[0]).parse_args(arguments)
    words = namespace()
    facts = {"versions": versions(sys.executable, "torch", "transformers", "ipywidgets")}
    run_lane("offline", chosen_lessons(chosen.lessons), lambda lesson: run(words, lesson), facts)


if __name__ == "__main__":
    main()
