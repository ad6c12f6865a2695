"""How far the policy `phase` is from the bounds."""
