package probe

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// TestLinesOfVerboseServiceAreCounted checks that Lines counts all log entries of a service that
// prints much, such as a long stack trace for each error.
func TestLinesOfVerboseServiceAreCounted(t *testing.T) {
	outputs := make(chan io.Writer, 1)
	i, err := service.Start(t.Context(), service.InProcess(func(ctx context.Context, addr string, ready func()) error {
		outputs <- service.Output(ctx)
		return servicetest.Hello(ctx, addr, ready)
	}), "verbose", "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Kill)
	output := <-outputs
	const entries = 1000
	printEntries := func() {
		for n := range entries {
			fmt.Fprintf(output, "error %d\n%s\n", n, strings.Repeat("\tat com.example.Service.handle(Service.java:12)\n", 20))
		}
	}
	p := New(t.Context(), new(Declared), Services{Own: func() (*service.Instance, error) { return i, nil }})
	p.Judge(func(p *Probe) {
		// More than the suite keeps.
		printEntries()
		printEntries()
		printed := p.Lines()
		printEntries()
		if got := printed(); got != entries {
			t.Errorf("got %d entries, want %d", got, entries)
		}
		if details := p.Details(); len(details) > 70_000 || !strings.Contains(details, fmt.Sprintf("error %d\n", entries-1)) {
			t.Errorf("got %d bytes for the end of a message, want at most 70,000 with the last entry", len(details))
		}
	})
}
