package command

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/samespan/samespan/conformance"
)

// checkSubjects checks the subjects, at most parallel at a time, and returns their reports
// in the order of subjects. If done is not nil, it is called with each report; the calls
// do not overlap.
func checkSubjects(ctx context.Context, subjects []conformance.Subject, parallel int, done func(*conformance.Report), options ...conformance.Option) ([]conformance.Report, error) {
	reports := make([]conformance.Report, len(subjects))
	errs := make([]error, len(subjects))
	next := make(chan int)
	var group sync.WaitGroup
	var doneMu sync.Mutex
	for range parallel {
		group.Go(func() {
			for i := range next {
				report, err := conformance.Run(ctx, subjects[i], options...)
				if err != nil {
					errs[i] = fmt.Errorf("%s: %w", subjects[i].Name, err)
					continue
				}
				reports[i] = *report
				if done != nil {
					doneMu.Lock()
					done(report)
					doneMu.Unlock()
				}
			}
		})
	}
	for i := range subjects {
		next <- i
	}
	close(next)
	group.Wait()
	return reports, errors.Join(errs...)
}
