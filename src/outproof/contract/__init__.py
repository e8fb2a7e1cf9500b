"""Level 1: what an application declares and reports: promises, runs, proofs, evidence, answers, feedback."""
