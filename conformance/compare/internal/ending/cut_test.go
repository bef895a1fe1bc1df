package ending

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// TestSpansOfCutStreamsAreExported checks that the spans of endless streams are exported.
// When the service is stopped, 30 streams are in progress. The service ends them when the
// grace period has passed.
func TestSpansOfCutStreamsAreExported(t *testing.T) {
	for _, framework := range frameworks {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
			if protocol == "HTTP/2.0" && !hasUnencryptedHTTP2(framework.newServer(new(core.Telemetry), "")) {
				continue
			}
			t.Run(framework.name+" "+protocol, func(t *testing.T) {
				const streams = 30
				var protocols http.Protocols
				protocols.SetHTTP1(protocol == "HTTP/1.1")
				protocols.SetUnencryptedHTTP2(protocol == "HTTP/2.0")
				s := startService(t, withProtocols(framework.newServer, &protocols), otlptest.Start(t), core.WithGracePeriod(4*time.Second), core.WithShutdownTimeout(3*time.Second))
				client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
				t.Cleanup(client.CloseIdleConnections)
				for range streams {
					response, err := client.Get("http://" + s.addr + "/endless")
					if err != nil {
						t.Fatal(err)
					}
					if response.Proto != protocol {
						t.Fatalf("got %s, want %s", response.Proto, protocol)
					}
					t.Cleanup(func() { _ = response.Body.Close() })
					if _, err := response.Body.Read(make([]byte, 1)); err != nil {
						t.Fatal(err)
					}
				}
				began := time.Now()
				s.stop()
				if err := s.waitForServeReturn(t); !errors.Is(err, core.ErrGracePeriod) {
					t.Errorf("got %v, want that the grace period is over", err)
				}
				if took := time.Since(began); took > 8*time.Second {
					t.Errorf("took %v, want no more than the grace period of 4s", took)
				}
				spans := s.collector.Spans()
				if len(spans) != streams {
					t.Errorf("got %d spans, want %d: %+v", len(spans), streams, s.tel.Stats().Traces)
				}
			})
		}
	}
}
