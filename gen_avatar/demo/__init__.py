"""The demo: a page in the browser, served from this machine."""
