// Package mutant has deliberately broken subjects: each is the reference service on
// net/http with nethttpotel, with one defect. They test the suite: for each mutant
// exactly the intended checks must fail, and every check must fail for some mutant.
//
// # Adding a mutant
//
// Add an element to the slice of the check's area, in the file with the area's name, such
// as parentMutants in parent.go. The slice of a new area is added to [All].
//
//	{
//		Name:   "leaves-child-under-exclusion",
//		Breaks: []string{"exclude/children"},
//		Inner:  func(next http.Handler) http.Handler { ... },
//	},
//
// Choose a defect that occurs in real implementations, and introduce it with
// [Mutant.Instrument], [Mutant.Inner], [Mutant.Outer], [Mutant.Options], [Mutant.Env],
// [Mutant.Serve] or [Mutant.Background]. If that would break other checks too, change the
// exported telemetry instead, with [Mutant.Traces] or [Mutant.Metrics]. If a defect
// necessarily breaks several checks, list all of them. A mutant must still implement the
// parts of the contract that the suite's marker requests need: GET /process/{item_id} is
// answered, its span process_item_logic arrives, and so does the metric
// reference.processed.
//
// Then:
//
//	go test ./internal/mutant -run 'Mutants/leaves-child-under-exclusion'
//
// An [allowedVariant] is the opposite: it differs from the reference service in a way
// that the sources of the checks allow, and must pass.
//
// Each mutant's service is a separate process that runs this package's test binary, so
// that mutants can be tested in parallel.
package mutant
