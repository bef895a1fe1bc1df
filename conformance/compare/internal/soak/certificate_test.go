package soak

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// badCertificateFault returns the fault of a collector whose valid certificate is replaced by
// the result of newCertificate. Clients trust only the CA that is the argument of
// newCertificate.
func badCertificateFault(name, errorText string, newCertificate func(t *testing.T, trusted authority) tls.Certificate) collectorFault {
	var valid, invalid tls.Certificate
	return collectorFault{
		name: name, expectedLoss: allLost, errorText: errorText,
		prepareEnv: func(t *testing.T, c *collector) []string {
			trusted := newAuthority(t)
			valid, invalid = trusted.issue(t, time.Now().Add(time.Hour)), newCertificate(t, trusted)
			restartWithCertificate(t, c, valid)
			return []string{
				"OTEL_EXPORTER_OTLP_INSECURE=",
				"OTEL_EXPORTER_OTLP_ENDPOINT=https://" + c.addr,
				"OTEL_EXPORTER_OTLP_CERTIFICATE=" + trusted.file,
			}
		},
		inject: func(t *testing.T, c *collector) { restartWithCertificate(t, c, invalid) },
		repair: func(t *testing.T, c *collector) { restartWithCertificate(t, c, valid) },
	}
}

// restartWithCertificate restarts the collector with TLS and the certificate.
func restartWithCertificate(t *testing.T, c *collector, certificate tls.Certificate) {
	stopCollector(t, c)
	c.options = []otlptest.Option{otlptest.WithTLS(&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}})}
	restartCollector(t, c)
}

// authority is a CA. Clients trust the certificate in its file.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // path of the file with the certificate
}

// newAuthority returns a new authority, whose file is removed at the end of the test.
func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key, file}
}

// issue issues a certificate for 127.0.0.1 that is valid until notAfter.
func (a authority) issue(t *testing.T, notAfter time.Time) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: notAfter.Add(-2 * time.Hour), NotAfter: notAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
