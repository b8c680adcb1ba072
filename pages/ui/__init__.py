"""What pages are made of: frame, canvas, figures, inputs, state, words. No page of its own."""
