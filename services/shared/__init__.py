"""What all three services stand on; knows none of their nouns."""
