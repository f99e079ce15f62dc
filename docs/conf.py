"""What Sphinx makes of this folder: `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

import hornet  # noqa: E402

# --- what the site is -------------------------------------------------------------------------------------

project = "Hornet"
author = "the Hornet contributors"
copyright = author
version = release = hornet.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    # this folder's own
    "code_links",
    "docstrings",
    "mathml",
    "page_pictures",
    "reference_pages",
    "repository_pages",
]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext", ".markdown": "markdown"}  # the last: repository_pages
exclude_patterns = ["_build", "gallery"]
templates_path = ["_templates"]

# --- strictness: the Makefile turns warnings into errors ----------------------------------------------------

nitpicky = True
nitpick_ignore_regex = [
    # classes of other libraries, and this package's bases that have no page
    (r"py:.*", r"(sklearn|optuna|jax|numpy|keras|collections|typing|enum|abc|object|dict|list|tuple)\b.*"),
    (r"py:.*", r"hornet\..*"),
]
suppress_warnings = ["config.cache"]  # the gallery's settings hold functions
show_warning_types = True

# --- pages --------------------------------------------------------------------------------------------------

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
copybutton_exclude = ".linenos, .gp, .go"
html_math_renderer = "mathml"
pygments_style = "default"

# --- reference ----------------------------------------------------------------------------------------------

autodoc_typehints = "none"  # docstrings say what is taken in words; signatures with types fill a screen
autodoc_member_order = "bysource"
napoleon_use_ivar = True
napoleon_custom_sections = [("Shapes", "params_style"), ("Source", "notes_style")]
toc_object_entries_show_parents = "hide"

# --- gallery ------------------------------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "projects",
    "filename_pattern": r"\.py$",  # all are run
    "abort_on_example_error": True,
    "copyfile_regex": r".*\.(csv|parquet)",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
    "min_reported_time": 1,
    "first_notebook_cell": "# %pip install 'hornet-nn[all]'",
    "plot_gallery": "True",
}

# --- look ---------------------------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = "Hornet"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_favicon = "_static/hornet.svg"
html_search_scorer = str(HERE / "_extensions" / "search_ranking.js")
html_copy_source = True
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "logo": {"text": "Hornet", "image_light": "_static/hornet.svg", "image_dark": "_static/hornet.svg", "alt_text": ""},
    "header_links_before_dropdown": 5,
    "navbar_align": "left",
    "navbar_end": ["release", "theme-switcher"],
    "navbar_persistent": ["search-button-field"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "collapse_navigation": True,
    "navigation_depth": 3,
    "show_prev_next": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "back_to_top_button": False,
}
html_sidebars = {"index": [], "start/index": []}
