// Package mutant holds deliberately broken subjects: each is the reference
// service on net/http with nethttpotel, with one thing wrong. They prove the
// suite: its tests assert that on each mutant exactly the checks that it is
// meant to break fail, and that every check is broken by some mutant.
//
// # Adding one
//
// Add an element to the slice of the check's area, in the file of that name,
// such as parentMutants in parent.go; a new area's slice is added to [All].
//
//	{
//		Name:   "leaves-child-under-exclusion",
//		Breaks: []string{"exclude/children"},
//		Inner:  func(next http.Handler) http.Handler { ... },
//	},
//
// Break what an implementation gets wrong, with [Mutant.Instrument],
// [Mutant.Inner], [Mutant.Outer], [Mutant.Options], [Mutant.Env],
// [Mutant.Serve] or [Mutant.Background]. Where that would break more than the
// check is about, change what is exported instead, with [Mutant.Traces] or
// [Mutant.Metrics]. A mutant that breaks several checks by its nature names
// them all. It must still keep the contract as far as the suite's fences need
// it: GET /process/{item_id} is answered, its span process_item_logic arrives,
// and so does the metric reference.processed.
//
// Then:
//
//	go test ./internal/mutant -run 'Mutants/leaves-child-under-exclusion'
//
// Each mutant's service is a process of its own, which is this package's test
// binary once more, so that mutants run side by side.
package mutant
