"""From-scratch code that the lessons build: short, plain, and equal to the trusted library in tests/."""
