/* Reads one PDU in hexadecimal per line, takes it apart and puts it together with libsmpp34, and prints the octets it
 * makes of it, or "refused: " and the library's reason. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>

#include <libsmpp34/smpp34.h>
#include <libsmpp34/smpp34_structs.h>
#include <libsmpp34/smpp34_params.h>

enum { PDU = 4096 };

int main(void)
{
    static char line[2 * PDU + 2];
    static uint8_t raw[PDU], made[PDU];
    static union { submit_sm_t alignment; uint8_t room[65536]; } values;

    while (fgets(line, sizeof line, stdin)) {
        int length = (int)strcspn(line, "\n") / 2, made_length = 0;
        for (int at = 0; at < length; at++) {
            unsigned octet;
            sscanf(line + 2 * at, "%2x", &octet);
            raw[at] = (uint8_t)octet;
        }
        uint32_t command = (uint32_t)raw[4] << 24 | raw[5] << 16 | raw[6] << 8 | raw[7];
        memset(&values, 0, sizeof values);
        if (smpp34_unpack(command, &values, raw, length) != 0 ||
            smpp34_pack(command, made, sizeof made, &made_length, &values) != 0) {
            printf("refused: %s\n", smpp34_strerror);
        } else {
            for (int at = 0; at < made_length; at++) printf("%02x", made[at]);
            printf("\n");
        }
        fflush(stdout);
    }
    return 0;
}
