package core

import (
	"errors"
	"testing"

	"github.com/samespan/samespan/core/internal/settings"
)

// resolveSettings returns the effective settings of the environment and the options,
// and their errors.
func resolveSettings(t *testing.T, options ...Option) (*settings.Settings, error) {
	t.Helper()
	var c config
	for _, option := range options {
		option.apply(&c)
	}
	s, problems := settings.Resolve(c.Options)
	return s, errors.Join(append(c.problems, problems...)...)
}
