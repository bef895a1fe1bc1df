package serving

import (
	"context"
	"net/http"
	"testing"
)

// TestCallDuringTheRestWaitsForIt proves that a call waits if it comes when all
// servers have stopped but the export is still running.
func TestCallDuringTheRestWaitsForIt(t *testing.T) {
	resting, release := make(chan struct{}), make(chan struct{})
	rests := 0
	service := Service{
		Starting: func() {}, Draining: func() {}, Closing: func() {}, Abandon: func(*End) {},
		Rest: func(*End) []error {
			rests++
			close(resting)
			<-release
			return nil
		},
	}
	var servers Servers
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	first := make(chan []error, 1)
	go func() { first <- servers.Serve(ctx, service, 0, []Server{new(http.Server)}) }()
	<-resting
	g := servers.addCall(ctx, service)
	second := make(chan []error, 1)
	go func() { second <- servers.removeCall(g) }()
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
	if rests != 1 {
		t.Errorf("the service has ended %d times, want once", rests)
	}
}
