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

// fasthttpLeakOptions make goleak ignore the goroutines that remain after a fasthttp server
// has stopped. Most of them end after a few seconds. The goroutine that updates the Date header
// never ends.
var fasthttpLeakOptions = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
	goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*inMemoryCacheManager).handleCleanCache"),
}

// TestNoGoroutinesAreLeft checks that no goroutine of a service or its telemetry is
// left when the service has ended. Each service runs in this process, with the
// framework's own server.
func TestNoGoroutinesAreLeft(t *testing.T) {
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
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
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
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			// The collector's side of a connection ends slightly later than goleak waits.
			var leak error
			for range 20 {
				if leak = goleak.Find(append(slices.Clone(fasthttpLeakOptions), before)...); leak == nil {
					break
				}
			}
			if leak != nil {
				t.Error(leak)
			}
		})
	}
}
