"""IFEval: does a draft follow instructions that a program can verify?"""
