"""Building blocks of the models: tensors in, tensors out, no files and no records."""
