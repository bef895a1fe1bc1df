package subject_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
)

// fasthttpGoroutines are goroutines that fasthttp leaves behind when its server has
// stopped: some for a few seconds, and the clock of its Date headers forever.
var fasthttpGoroutines = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*inMemoryCacheManager).handleCleanCache"),
}

// TestNothingRunsOnAfterTheEnd runs each service in this process, with the framework's
// server and adapter. None of their goroutines, and none of the telemetry's, may be left
// at the end.
func TestNothingRunsOnAfterTheEnd(t *testing.T) {
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	for _, s := range subject.All {
		t.Run(s.Name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			addr, err := conformance.FreeAddress()
			if err != nil {
				t.Fatal(err)
			}
			ctx, end := context.WithCancel(t.Context())
			defer end()
			ready, ended := make(chan struct{}), make(chan error, 1)
			go func() { ended <- s.Run(ctx, addr, "", func() { close(ready) }) }()
			<-ready
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for _, path := range []string{"/process/1", "/background", "/stream", "/panic", "/healthz"} {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
			}
			end()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			// The collector's side of a connection ends slightly later than goleak waits.
			var left error
			for range 20 {
				if left = goleak.Find(append(slices.Clone(fasthttpGoroutines), before)...); left == nil {
					break
				}
			}
			if left != nil {
				t.Error(left)
			}
		})
	}
}
