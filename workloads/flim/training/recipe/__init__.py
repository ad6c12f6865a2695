"""What is trained for the zoo, from which plans, and in which order."""
