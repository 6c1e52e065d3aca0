"""What parties may: Cedar policies, which a lawyer can read, and the decisions that they give."""
