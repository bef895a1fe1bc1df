package collector

import (
	"testing"

	"github.com/samespan/samespan/conformance/internal/backendtest"
)

func TestMain(m *testing.M) { backendtest.Main(m, emitterVariable, runEmitter) }
