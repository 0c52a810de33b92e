# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site out of the pages where they lie and of what antsibull-docs wrote: `make docs`."""

project = "homelab.kubernetes"
author = "homelab.kubernetes contributors"
extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinxcontrib.mermaid"]
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
# The first links back to the whole repository. Forms of GitHub are no pages.
exclude_patterns = ["collections", ".venv", ".ansible/sanity", ".ansible/site/html", ".github", "CHANGELOG.md"]
html_theme = "alabaster"
html_theme_options = {"page_width": "65em", "description": "Bare machines into a working Kubernetes cluster"}
myst_heading_anchors = 4
# A picture in Mermaid is written as GitHub wants it.
myst_fence_as_directive = ["mermaid"]
# Links to folders; test_docs.py follows them all.
suppress_warnings = ["myst.xref_missing"]
