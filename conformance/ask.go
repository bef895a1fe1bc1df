package conformance

import (
	"context"
	"fmt"

	"github.com/samespan/samespan/conformance/internal/ask"
)

// Ask determines which capabilities a subject has, by starting its service several times.
// Ask cannot detect [Process]. Of the options, only [WithAddress] applies. Ask returns an
// error if the service does not implement the section "Minimum" of CONTRACT.md.
func Ask(ctx context.Context, subject Subject, options ...Option) ([]Capability, error) {
	c, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	if err := subject.validate(allChecks()); err != nil {
		return nil, fmt.Errorf("conformance: %w", err)
	}
	if subject.isAlreadyRunning() {
		return nil, fmt.Errorf("conformance: %s: Ask starts the service several times: want a Starter that starts it, such as Shell, instead of Running", subject.Name)
	}
	asker := ask.Asker{Subject: subject.declaration(), Start: subject.start, Addr: c.subjectAddr}
	found, err := asker.Ask(ctx)
	if err != nil {
		return nil, fmt.Errorf("conformance: %s: %w", subject.Name, err)
	}
	return convertStrings[Capability](found), nil
}
