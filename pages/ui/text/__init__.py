"""The pages' English: one module per page, so that a translation is a copy of this folder."""
