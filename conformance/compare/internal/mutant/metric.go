package mutant

var metricMutants []Mutant
