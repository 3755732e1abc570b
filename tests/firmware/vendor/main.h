/* SPDX-License-Identifier: BSD-3-Clause */
/* What docs/porting-firmware.md uses of STM32's HAL, declared as its makers document it, so that the page can be compiled. */
#ifndef MAIN_H
#define MAIN_H

#include <stdint.h>

typedef enum { HAL_OK, HAL_ERROR, HAL_BUSY, HAL_TIMEOUT } HAL_StatusTypeDef;

typedef struct {
  volatile uint32_t NDTR;
} DMA_Stream_TypeDef;

typedef struct {
  DMA_Stream_TypeDef *Instance;
} DMA_HandleTypeDef;

typedef struct {
  DMA_HandleTypeDef *hdmarx;
  volatile uint32_t ErrorCode;
} UART_HandleTypeDef;

typedef struct {
  volatile uint32_t CTRL, CYCCNT;
} DWT_Type;

typedef struct {
  volatile uint32_t DHCSR, DCRSR, DCRDR, DEMCR;
} CoreDebug_Type;

#define DWT ((DWT_Type *)0xE0001000u)
#define CoreDebug ((CoreDebug_Type *)0xE000EDF0u)
#define CoreDebug_DEMCR_TRCENA_Msk 0x01000000u
#define DWT_CTRL_CYCCNTENA_Msk 1u
#define HAL_MAX_DELAY 0xFFFFFFFFu
#define HAL_UART_ERROR_NONE 0u
#define __HAL_DMA_GET_COUNTER(handle) ((handle)->Instance->NDTR)

extern UART_HandleTypeDef huart2;
extern uint32_t SystemCoreClock;

HAL_StatusTypeDef HAL_UART_Receive_DMA(UART_HandleTypeDef *uart, uint8_t *data, uint16_t size);
HAL_StatusTypeDef HAL_UART_Transmit(UART_HandleTypeDef *uart, const uint8_t *data, uint16_t size, uint32_t timeout);
HAL_StatusTypeDef HAL_UART_AbortReceive(UART_HandleTypeDef *uart);
uint32_t HAL_GetTick(void);
uint32_t HAL_GetDEVID(void);
uint32_t HAL_RCC_GetHCLKFreq(void);

void port_init(void);

#endif
