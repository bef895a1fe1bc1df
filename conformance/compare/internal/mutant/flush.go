package mutant

var flushMutants []Mutant
