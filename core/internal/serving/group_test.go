package serving

import (
	"context"
	"net/http"
	"testing"
)

// TestServeDuringFinalExportWaitsForIt proves that a call of Serve that begins during the
// final export, when all servers have stopped, waits for the export.
func TestServeDuringFinalExportWaitsForIt(t *testing.T) {
	restStarted, release := make(chan struct{}), make(chan struct{})
	restCalls := 0
	service := Service{
		Starting: func() {}, Draining: func() {}, Closing: func() {}, Abandon: func(*End) {},
		Rest: func(*End) []error {
			restCalls++
			close(restStarted)
			<-release
			return nil
		},
	}
	var servers Servers
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	first := make(chan []error, 1)
	go func() { first <- servers.Serve(ctx, service, 0, []Server{new(http.Server)}) }()
	<-restStarted
	g := servers.addCall(ctx, service)
	second := make(chan []error, 1)
	go func() { second <- servers.finishCall(g) }()
	select {
	case <-second:
		t.Error("a call has returned before the end")
	default:
	}
	close(release)
	for _, result := range []<-chan []error{first, second} {
		for _, problem := range <-result {
			if problem != nil {
				t.Error(problem)
			}
		}
	}
	if restCalls != 1 {
		t.Errorf("the service has ended %d times, want once", restCalls)
	}
}
