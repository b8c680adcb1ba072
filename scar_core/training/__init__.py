"""Training: sources and mixture, augmentation, the min–max loop, runs that survive a kill."""
