package errors

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// TestHookReportsFoundInProcess runs a service in the suite's own process. It checks that
// reports of panics are found in what the service writes to Output.
func TestHookReportsFoundInProcess(t *testing.T) {
	const report = "the span name hook of the service panics\n"
	tests := []struct {
		name     string
		write    func(context.Context) // writes reports to Output
		problems int                   // how many the check must find
	}{
		{"one report for both panics", func(ctx context.Context) { _, _ = io.WriteString(service.Output(ctx), report) }, 0},
		{"one report for each panic", func(ctx context.Context) { _, _ = io.WriteString(service.Output(ctx), report+report) }, 0},
		{"one report in JSON, with the stack", func(ctx context.Context) {
			_, _ = io.WriteString(service.Output(ctx), `{"stack":"Error: the hook of the service panics\n    at hook","message":"the hook of the service panics"}`+"\n")
		}, 0},
		{"one report for each panic, with the message repeated before the stack", func(ctx context.Context) {
			_, _ = io.WriteString(service.Output(ctx), strings.Repeat(report+"java.lang.RuntimeException: "+report+"\tat Hook.name(Hook.java:7)\n", 2))
		}, 0},
		{"every time", func(ctx context.Context) { _, _ = io.WriteString(service.Output(ctx), strings.Repeat(report, 6)) }, 1},
		{"never", func(ctx context.Context) { service.Output(ctx) }, 1},
		{"a service that writes elsewhere", func(context.Context) {}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := service.InProcess(func(ctx context.Context, addr string, ready func()) error {
				test.write(ctx)
				return servicetest.Hello(ctx, addr, ready)
			})
			i, err := service.Start(t.Context(), start, "hello", "", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(i.Kill)
			// The service writes all its output before it accepts connections. With the
			// canceled context, the check does not wait for more output.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			p := probe.New(ctx, &probe.Declared{}, probe.Services{Own: func() (*service.Instance, error) { return i, nil }})
			if found := p.Judge(checkHookReports); len(found.Problems) != test.problems || found.Err != nil {
				t.Errorf("got the problems %v (%v), want %d", found.Problems, found.Err, test.problems)
			}
		})
	}
}
