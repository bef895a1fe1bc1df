package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/core"
)

// chain has one running service for each framework. Each service calls the next service.
type chain struct {
	services []chainService
	cancel   context.CancelFunc // stops all services
	results  chan error         // receives the result of each service when the service has ended
}

// chainService is one service of a chain, and the address that it listens on.
type chainService struct {
	subject subject.Subject
	addr    string
}

func (s chainService) url(path string) string { return "http://" + s.addr + path }

// startChain starts the services, and returns when all of them accept connections. The
// services write their logs to printed, in addition to exporting them.
func startChain(ctx context.Context, printed *logBuffer) (*chain, error) {
	c := &chain{services: make([]chainService, len(subject.Chain)), results: make(chan error, len(subject.Chain))}
	for i, s := range subject.Chain {
		addr, err := conformance.FreeAddress()
		if err != nil {
			return nil, err
		}
		s.Logger = printed.loggerFunc(s.Name)
		c.services[i] = chainService{subject: s, addr: addr}
	}
	ctx, c.cancel = context.WithCancel(ctx)
	ready := make(chan struct{}, len(c.services))
	for i, service := range c.services {
		nextURL := ""
		if i+1 < len(c.services) {
			nextURL = c.services[i+1].url("")
		}
		go func() {
			err := service.subject.Run(ctx, service.addr, nextURL, func() { ready <- struct{}{} }, core.WithLogger(coreLogger), core.WithoutGlobals())
			if err != nil {
				err = fmt.Errorf("demo: %s: %w", service.subject.Name, err)
			}
			c.results <- err
		}()
	}
	for range c.services {
		select {
		case <-ready:
		case err := <-c.results:
			if err == nil {
				err = errors.New("demo: a service stopped before it was ready")
			}
			// stop reads one result for each service. The result of the failed
			// service has already been read, so replace it.
			c.results <- nil
			return nil, errors.Join(err, c.stop())
		}
	}
	return c, nil
}

// stop stops the services as a signal would, and waits until each has flushed.
func (c *chain) stop() error {
	c.cancel()
	problems := make([]error, len(c.services))
	for i := range problems {
		problems[i] = <-c.results
	}
	return errors.Join(problems...)
}
