package conformance

import (
	"context"
	"fmt"

	"github.com/samespan/samespan/conformance/internal/ask"
)

// Ask finds out by trying which capabilities a subject has: it starts the service
// several times. What trying cannot show, [Process], it does not return. Of the
// options [WithAddress] counts. A service that does not keep the first page of
// CONTRACT.md is an error.
func Ask(ctx context.Context, subject Subject, options ...Option) ([]Capability, error) {
	c := newConfig(options)
	if err := subject.validate(all()); err != nil {
		return nil, fmt.Errorf("conformance: %w", err)
	}
	if subject.isRunning() {
		return nil, fmt.Errorf("conformance: %s: a service that runs already cannot be asked, since that starts it several times", subject.Name)
	}
	asker := ask.Asker{Subject: subject.declared(), Start: subject.start, Addr: c.addr}
	found, err := asker.Ask(ctx)
	if err != nil {
		return nil, fmt.Errorf("conformance: %s: %w", subject.Name, err)
	}
	return converted[Capability](found), nil
}
