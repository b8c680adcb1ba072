"""The pages; each begins with ``pages.ui.frame.frame``."""
