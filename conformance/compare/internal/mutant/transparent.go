package mutant

var transparentMutants []Mutant
