package conformance

import (
	"context"
	"io"
	"strings"
	"testing"
)

// A service that the suite starts in its own process is judged by what it
// writes to Output as another is by what it prints.
func TestHooksReportedInProcess(t *testing.T) {
	const report = "the span name hook of the service panics\n"
	tests := []struct {
		name     string
		write    func(context.Context)
		problems int
	}{
		{"one for both", func(ctx context.Context) { _, _ = io.WriteString(Output(ctx), report) }, 0},
		{"one each", func(ctx context.Context) { _, _ = io.WriteString(Output(ctx), report+report) }, 0},
		{"every time", func(ctx context.Context) { _, _ = io.WriteString(Output(ctx), strings.Repeat(report, 3)) }, 1},
		{"never", func(ctx context.Context) { Output(ctx) }, 1},
		{"a service that writes elsewhere", func(context.Context) {}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &Subject{Starter: InProcess(func(ctx context.Context, addr string, ready func()) error {
				test.write(ctx)
				return serveHello(ctx, addr, ready)
			})}
			i, err := start(t.Context(), s, "", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(i.kill)
			p := &Probe{ctx: t.Context(), subject: s, instance: i}
			p.hooksReported()
			if len(p.problems) != test.problems {
				t.Errorf("got the problems %v, want %d", p.problems, test.problems)
			}
		})
	}
}

func TestOutputOfNoService(t *testing.T) {
	if _, err := io.WriteString(Output(t.Context()), "nobody reads this"); err != nil {
		t.Error(err)
	}
}

// What a service has written comes before what it ended with.
func TestOutputInProcess(t *testing.T) {
	service, err := InProcess(func(ctx context.Context, _ string, _ func()) error {
		_, _ = io.WriteString(Output(ctx), "about to end\n")
		return io.ErrUnexpectedEOF
	}).Start(t.Context(), Launch{})
	if err != nil {
		t.Fatal(err)
	}
	<-service.Ended()
	if got, want := service.Output(), "about to end\n"+io.ErrUnexpectedEOF.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
