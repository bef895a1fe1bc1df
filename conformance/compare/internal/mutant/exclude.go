package mutant

var excludeMutants []Mutant
