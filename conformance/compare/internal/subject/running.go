package subject

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core"
)

// Exclusions are the rules that every subject's service is set up with.
var Exclusions = []string{"healthz", "metrics", "docs"}

// Run serves the subject at addr until ctx ends or the process is told to
// stop, with telemetry as the environment says. next is the base URL of the
// next service of a chain, "" for none. ready, if it is not nil, is called
// once the service answers.
func (s Subject) Run(ctx context.Context, addr, next string, ready func(), options ...core.Option) error {
	options = append([]core.Option{core.WithServiceName(s.Name), core.WithExclude(Exclusions...)}, options...)
	tel, err := core.Setup(ctx, options...)
	if err != nil {
		return err
	}
	service, err := reference.New(reference.Dependencies{
		TracerProvider: tel.TracerProvider(),
		Propagator:     tel.Propagator(),
		Background:     s.background(tel),
		Next:           next,
	})
	if err != nil {
		return errors.Join(err, tel.Shutdown(ctx))
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	if ready != nil {
		go func() {
			if answers(serving, addr) {
				ready()
			}
		}()
	}
	server := s.Server(service, tel, addr)
	if s.Serve != nil {
		err = s.Serve(ctx, tel, server)
	} else {
		err = tel.Serve(ctx, server)
	}
	return errors.Join(err, service.Close())
}

// background runs the tasks that outlive a request.
func (s Subject) background(tel *core.Telemetry) func(context.Context, string, func(context.Context) error) {
	if s.Background == nil {
		return tel.Go
	}
	return func(ctx context.Context, name string, task func(context.Context) error) {
		s.Background(ctx, tel, name, task)
	}
}

// answers asks the service's health check, which leaves no telemetry, until it
// answers or ctx is done.
func answers(ctx context.Context, addr string) bool {
	client := &http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", http.NoBody); err == nil {
			if response, err := client.Do(request); err == nil {
				response.Body.Close()
				return true
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// FreeAddress returns a loopback address that nobody listens on.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("no free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}
