package mutant

var spanMutants []Mutant
