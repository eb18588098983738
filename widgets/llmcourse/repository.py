"""Where the course lives in public: the one place to change when the owner names the repository."""

REPOSITORY = "llm-course/llm-course"
BRANCH = "main"


def colab_url(lesson_path):
    """The address that opens a lesson (path inside the repository) in Colab.

    >>> colab_url("course/0_start_here.ipynb").endswith("blob/main/course/0_start_here.ipynb")
    True
    """
    return f"https://colab.research.google.com/github/{REPOSITORY}/blob/{BRANCH}/{lesson_path}"


def binder_url(lesson_path):
    """The address that opens a lesson (path inside the repository) in JupyterLab on Binder.

    >>> binder_url("course/0_start_here.ipynb").startswith("https://mybinder.org/v2/gh/")
    True
    """
    return f"https://mybinder.org/v2/gh/{REPOSITORY}/{BRANCH}?urlpath=lab/tree/{lesson_path}"
