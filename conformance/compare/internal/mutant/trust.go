package mutant

var trustMutants []Mutant
