"""What tests of fluorescence share."""
