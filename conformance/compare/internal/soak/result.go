package soak

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/samespan/samespan/core"
)

// Result is the result of a soak.
type Result struct {
	Services []Service
	Seed     uint64
	Time     time.Duration
}

// Service is the account of one service, summed over all of its processes. The package
// documentation explains the numbers.
type Service struct {
	Name               string
	Processes          int
	SlowestExit        time.Duration
	Requests, Answered int64
	Due, Possible      int
	// Spans are the counts that the service has reported.
	Spans                         core.SpanStats
	Arrived, Doubtful, Duplicates uint64
	// Missing is the number of due spans that have not arrived.
	Missing      int
	Unaccounted  uint64
	WrongParents int
	Growth       processGrowth
	// Complaints are the errors that were found.
	Complaints []string
}

// result closes the ledger and returns the result of the soak.
func (s *soakRun) result() *Result {
	r := &Result{Seed: s.Seed, Time: s.Time}
	counts, duplicates := s.ledger.close()
	for i, tested := range s.services {
		c := counts[tested.name]
		if c == nil {
			c = new(spanCounts)
		}
		service := tested.account(c, uint64(duplicates[tested.name]))
		service.Growth = s.growth[i]
		if problem := service.Growth.describeExcess(); problem != "" {
			service.Complaints = append(service.Complaints, problem)
		}
		r.Services = append(r.Services, service)
	}
	return r
}

// account returns the account of the service, whose last process must have ended. c has the
// ledger's counts for the service.
func (s *testedService) account(c *spanCounts, duplicates uint64) Service {
	a := &s.totals
	a.mu.Lock()
	defer a.mu.Unlock()
	service := Service{
		Name: s.name, Processes: a.processes, SlowestExit: a.slowestExit,
		Requests: s.requests.Load(), Answered: s.responses.Load(),
		Due: c.due, Possible: c.possible, Spans: a.spans,
		Arrived: a.receivedCount, Doubtful: a.receivedUncounted, Duplicates: duplicates,
		Missing: c.missing, Unaccounted: a.unaccountedSpans, WrongParents: c.wrongParents,
		Complaints: a.errors,
	}
	addUnaccounted := func(n uint64, format string, args ...any) {
		if n > 0 {
			service.Unaccounted += n
			service.Complaints = append(service.Complaints, fmt.Sprintf(format, args...))
		}
	}
	due, possible := uint64(c.due), uint64(c.possible)
	addUnaccounted(saturatingSub(due, a.spans.Ended), "%d spans ended, fewer than the %d that were due", a.spans.Ended, due)
	addUnaccounted(saturatingSub(a.spans.Ended, due+possible), "%d spans ended, more than the %d that were due plus the %d that were possible", a.spans.Ended, due, possible)
	lost := a.spans.Failed - a.receivedUncounted + a.spans.Dropped
	addUnaccounted(saturatingSub(uint64(c.missing), lost), "%d spans are missing, more than the %d that are counted as lost", c.missing, lost)
	addUnaccounted(uint64(c.unexpected), "%d unexpected spans received, such as %q", c.unexpected, c.unexpectedExamples)
	if c.wrongParents > 0 {
		service.Complaints = append(service.Complaints, fmt.Sprintf("%d spans have a wrong parent", c.wrongParents))
	}
	return service
}

// saturatingSub returns a - b, or 0 if b is greater than a.
func saturatingSub(a, b uint64) uint64 { return a - min(a, b) }

// OK reports whether all spans are accounted for and there are no errors.
func (r *Result) OK() bool {
	for i := range r.Services {
		if len(r.Services[i].Complaints) > 0 {
			return false
		}
	}
	return len(r.Services) > 0
}

// WriteTo writes a table with the counts of each service, and then the errors.
func (r *Result) WriteTo(w io.Writer) (int64, error) {
	out := &countingWriter{writer: w}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, cell func(s *Service) string) {
		fmt.Fprint(table, name, "\t")
		for i := range r.Services {
			fmt.Fprint(table, cell(&r.Services[i]), "\t")
		}
		fmt.Fprintln(table)
	}
	number := func(n uint64) string { return fmt.Sprint(n) }
	fmt.Fprintf(out, "soak of %v, seed %d\n\n", r.Time, r.Seed)
	row("", func(s *Service) string { return s.Name })
	row("requests sent", func(s *Service) string { return fmt.Sprint(s.Requests) })
	row("requests answered", func(s *Service) string { return fmt.Sprint(s.Answered) })
	row("processes", func(s *Service) string { return fmt.Sprint(s.Processes) })
	row("slowest exit", func(s *Service) string { return s.SlowestExit.Round(time.Millisecond).String() })
	row("spans due", func(s *Service) string { return fmt.Sprint(s.Due) })
	row("spans possible", func(s *Service) string { return fmt.Sprint(s.Possible) })
	row("spans ended", func(s *Service) string { return number(s.Spans.Ended) })
	row("exported", func(s *Service) string { return number(s.Spans.Exported) })
	row("failed", func(s *Service) string { return number(s.Spans.Failed) })
	row("dropped", func(s *Service) string { return number(s.Spans.Dropped) })
	row("spans received", func(s *Service) string { return number(s.Arrived) })
	row("failed, but received", func(s *Service) string { return number(s.Doubtful) })
	row("duplicates", func(s *Service) string { return number(s.Duplicates) })
	row("due, not received", func(s *Service) string { return fmt.Sprint(s.Missing) })
	row("unaccounted", func(s *Service) string { return number(s.Unaccounted) })
	row("wrong parents", func(s *Service) string { return fmt.Sprint(s.WrongParents) })
	row("goroutines", func(s *Service) string {
		return fmt.Sprintf("%d → %d", s.Growth.first.Goroutines, s.Growth.last.Goroutines)
	})
	row("heap", func(s *Service) string {
		return fmt.Sprintf("%s → %s", mebibytes(s.Growth.first.Heap), mebibytes(s.Growth.last.Heap))
	})
	row("resident", func(s *Service) string {
		return fmt.Sprintf("%s → %s", mebibytes(s.Growth.first.Resident), mebibytes(s.Growth.last.Resident))
	})
	if err := table.Flush(); err != nil {
		return out.n, err
	}
	fmt.Fprintln(out)
	for i := range r.Services {
		for _, complaint := range r.Services[i].Complaints {
			fmt.Fprintf(out, "%s: %s\n", r.Services[i].Name, complaint)
		}
	}
	if r.OK() {
		fmt.Fprintln(out, "all spans are accounted for, all parents are right, and memory and goroutines did not grow")
	}
	return out.n, out.err
}

// countingWriter is a writer that counts the written bytes and keeps the first error.
type countingWriter struct {
	writer io.Writer
	n      int64 // written bytes
	err    error // the first error
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.writer.Write(b)
	c.n += int64(n)
	if c.err == nil {
		c.err = err
	}
	return n, err
}
