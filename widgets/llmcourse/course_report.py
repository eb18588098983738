"""The report of a run over the course: one page with time, memory, result and link of every lesson."""

from html import escape

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8888; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:nth-child(2) { min-width: 12rem; }
code { overflow-wrap: anywhere; }
.failed { font-weight: 700; }
"""
HEAD = (
    "<tr><th>Lesson</th><th>Result</th><th class='number'>Time</th><th class='number'>Peak memory</th>"
    "<th>Executed page</th></tr>"
)


def report_page(rows):
    """The HTML page of these rows, as `course_run.run_course` keeps them: self-contained, no script.

    >>> "1 not run" in report_page([{"name": "2.2", "title": "Attention", "status": "not run", "parameters": {}}])
    True
    """
    body = "\n".join(_row(row) for row in rows)
    return (
        "<!doctype html>\n<html lang='en'>\n<meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width'>\n<title>Course run</title>\n"
        f"<style>{STYLE}</style>\n<h1>Course run</h1>\n<p>{escape(summary(rows))}</p>\n"
        f"<div><table>\n<thead>{HEAD}</thead>\n<tbody>\n{body}\n</tbody>\n</table></div>\n</html>\n"
    )


def summary(rows):
    """The run in a sentence: how many lessons passed, failed and did not run, the time together, the largest peak."""
    counts = {status: sum(row["status"] == status for row in rows) for status in ("passed", "failed", "not run")}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "Nothing to run"
    seconds = sum(row.get("seconds", 0) for row in rows)
    peak = max((row.get("peak_bytes", 0) for row in rows), default=0)
    return f"{told}; {seconds:.0f} s together, at most {peak / 1e9:.1f} GB in one kernel."


def _row(row):
    name = f"<b>{escape(row['name'])}</b> {escape(row['title'])}"
    if row["parameters"]:
        changed = ", ".join(f"{name} = {value}" for name, value in row["parameters"].items())
        name += f"<br><small><code>{escape(changed)}</code></small>"
    result = f"<span class='{escape(row['status'].replace(' ', '-'))}'>{escape(row['status'])}</span>"
    if row["status"] == "not run":
        return f"<tr><td>{name}</td><td>{result}</td><td></td><td></td><td></td></tr>"
    if row["status"] == "failed":
        cell = f"in cell <code>{escape(row['cell'])}</code>: " if row["cell"] else ""
        result += f" {cell}<code>{escape(row['error'])}</code>"
    # A kernel that died at once was never seen: no figure is better than a wrong one.
    memory = f"{row['peak_bytes'] / 1e9:.1f} GB" if row["peak_bytes"] else ""
    return (
        f"<tr><td>{name}</td><td>{result}</td><td class='number'>{row['seconds']:.0f} s</td>"
        f"<td class='number'>{memory}</td>"
        f"<td><a href='{escape(row['page'])}'>{escape(row['page'])}</a></td></tr>"
    )
