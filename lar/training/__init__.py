"""Training on reassigned labels: the teacher, the reassignment, the student."""
