# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site out of the pages where they lie and of what antsibull-docs wrote: `make docs`."""

project = "homelab.kubernetes"
author = "homelab.kubernetes contributors"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "docs/**/*.md",
    "docs/*.md",
    "roles/*/README.md",
    "mirror/README.md",
    "molecule/README.md",
    "docs/*.rst",
    ".ansible/site/collection/*.rst",
]
# The first links back to the whole repository.
exclude_patterns = ["collections", ".venv", ".ansible/sanity", ".ansible/site/html", "CHANGELOG.md"]
html_theme = "alabaster"
html_theme_options = {"page_width": "65em", "description": "Bare machines into a Kubernetes cluster that proved itself"}
myst_heading_anchors = 4
# Links to folders: tests/unit/repository/test_docs.py follows them all. And Mermaid, which is shown as text.
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
