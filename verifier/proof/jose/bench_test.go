package jose

import "testing"

func BenchmarkVerify(b *testing.B) {
	keys := signers(b)
	for _, name := range names(keys) {
		b.Run(name, func(b *testing.B) {
			token, err := Sign(marshal(b, credentialObject()), signing(Credential, name, keys[name]))
			must(b, token, err)
			public, e := keys[name].Public(), expecting(Credential, name)
			for b.Loop() {
				if _, err := Verify(token, public, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	keys := signers(b)
	document := marshal(b, credentialObject())
	for _, name := range names(keys) {
		b.Run(name, func(b *testing.B) {
			s := signing(Credential, name, keys[name])
			for b.Loop() {
				if _, err := Sign(document, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
